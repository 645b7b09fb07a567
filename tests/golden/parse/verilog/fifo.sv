// A queue between two clocked parts.
`include "defines.vh"
`define DEPTH 16
`timescale 1ns / 1ps

// Types that both sides share.
package fifo_pkg;
  import util_pkg::*;

  parameter int Width = 8;
  typedef logic [Width-1:0] word_t;
  // What the queue is doing.
  typedef enum logic [1:0] {IDLE, BUSY, FULL} state_t;
  typedef struct packed {
    logic valid;
    word_t data;  // what is stored
  } slot_t;

  // Bits needed to count to n.
  function automatic int clog2(input int n);
    int bits = 0;
    while (n > 1) begin
      n = n >> 1;
      bits++;
    end
    return bits;
  endfunction
endpackage

interface stream_if (input logic clk);
  logic valid, ready;
  modport source(output valid, input ready);
endinterface

/* One writer, one reader. */
module fifo
  import fifo_pkg::*;
#(
    parameter int Depth = `DEPTH
) (
    input  logic  clk,
    input  logic  rst_n,  // low resets
    input  word_t din,
    output word_t dout,
    stream_if.source out
);
  localparam int Bits = clog2(Depth);

  logic [Bits-1:0] head, tail;
  slot_t mem[Depth];
  state_t state;
  wire full = (head == tail);

  // Moves the head by one.
  task automatic advance(input int n);
    head <= head + n;
  endtask

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) head <= '0;
    else begin
      advance(1);
      $display("head %d", head);
    end
  end

  assign dout = mem[tail].data;

  arbiter #(.Ports(2)) u_arbiter (
      .clk(clk),
      .grant(state)
  );

  genvar i;
  generate
    for (i = 0; i < 2; i++) begin : lanes
      lane u_lane (.clk(clk));
    end
  endgenerate
endmodule

class packet extends base_packet;
  rand int unsigned length;

  function new(int length);
    this.length = length;
  endfunction

  // Prints it.
  virtual function void show();
    helper(length);
  endfunction

  constraint short_c { length < 64; }
endclass

program test;
  packet p;
  initial p = new(3);
endprogram

property p_ready;
  @(posedge clk) valid |-> ready;
endproperty

covergroup cg @(posedge clk);
  coverpoint length;
endgroup

(** Keeps what was computed. *)

open Types

exception Full of int

(** How many entries are kept. *)
val capacity : int

type key = string

(** One entry. *)
type 'a entry = {
  value : 'a;  (** what was stored *)
  mutable used : int;
}

type state =
  | Empty
  | Filled of int  (** with so many entries *)

module type CLOCK = sig
  type t

  (** Seconds since the start. *)
  val now : unit -> t
end

module Make (Clock : CLOCK) : sig
  type t

  val create : unit -> t
  (** An empty cache. *)

  val find : t -> key -> int option
end

external hash : string -> int = "caml_cache_hash"

class counter : int -> object
  method step : unit
end

class type named = object
  method name : string
end

include Comparable.S

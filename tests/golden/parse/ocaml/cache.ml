(* A cache that forgets what was used least. *)
open Printf
module Map = Stdlib.Map.Make (String)

exception Full of int

(** How many entries are kept. *)
let capacity = 64

(** One entry. *)
type 'a entry = {
  value : 'a;  (** what was stored *)
  mutable used : int;
}

type state = Empty | Filled of int | Broken of { why : string }

type key = string

type shape = [ `Round | `Square ]

(** What a clock can do. *)
module type CLOCK = sig
  type t

  val now : unit -> t
end

module Make (Clock : CLOCK) = struct
  type t = { mutable map : int Map.t; made : Clock.t }

  (** An empty cache. *)
  let create () = { map = Map.empty; made = Clock.now () }

  let rec find cache key =
    match Map.find_opt key cache.map with
    | Some value -> value
    | None -> recover cache key

  and recover cache key =
    let local = String.length key in
    if local > capacity then raise (Full local);
    find cache (String.sub key 0 1)
end

external hash : string -> int = "caml_cache_hash"

class virtual counter start =
  object (self)
    val mutable count = start

    (** Adds one. *)
    method step = count <- count + 1
    method virtual name : string
    method show = printf "%s %d\n" self#name count
  end

class type named = object
  method name : string
end

let ( ++ ) a b = List.append a b

let x, y = (1, 2)

let () =
  let c = Hashtbl.create 8 in
  Hashtbl.replace c "a" 1;
  List.iter print_endline [ "a" ] ++ []

include Comparable

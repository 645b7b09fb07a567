/// A queue that remembers how full it was.
module Shop.Queue

open System
open System.Collections.Generic

/// How many items a queue may hold.
[<Literal>]
let MaxItems = 64

/// What a push may answer.
type Outcome =
    | Accepted
    | Refused of string

/// One waiting customer.
type Customer =
    { Name: string
      mutable Served: bool }

type Key = string

type Level =
    | Low = 0
    | High = 1

exception QueueFull of int

/// Where customers come from.
type ISource =
    abstract member Next: unit -> Customer

/// A queue of customers.
type Queue(limit: int) =
    let items = List<Customer>()

    member this.Count = items.Count

    /// Adds one customer at the end.
    member this.Push(customer: Customer) =
        if items.Count >= limit then
            Refused "full"
        else
            items.Add(customer)
            Accepted

    static member Create() = Queue(MaxItems)

module Helpers =
    /// Greets a customer by name.
    let greet (customer: Customer) =
        let text = sprintf "Hello %s" customer.Name
        printfn "%s" text

    let rec count n = if n = 0 then 0 else 1 + count (n - 1)

let (|Even|Odd|) n = if n % 2 = 0 then Even else Odd

let private add x y = x + y

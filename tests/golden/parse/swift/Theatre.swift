import Foundation
import struct Combine.Just
@testable import Seats

/// How many seats one order may hold.
public let maxSeats = 8
var opened = false, closed: Bool = true

/// A seat's number.
typealias SeatNumber = Int

/// Something that can be sold.
public protocol Sellable: AnyObject, Codable {
    associatedtype Price: Comparable
    /// What it costs.
    var price: Price { get set }
    static var kind: String { get }
    init(code: String)
    /// Sells it.
    func sell(to buyer: Buyer, at price: Price) throws -> Ticket
    subscript(index: Int) -> Seat { get }
}

/// Where a show stands.
@frozen
public enum Stage<Reason>: Equatable where Reason: Equatable {
    /// Not yet on sale.
    case planned
    case open(seats: Int), full
    indirect case cancelled(Reason)

    var isOver: Bool {
        switch self { case .cancelled: return true; default: return false }
    }
}

enum Code: String { case low = "L", high = "H" }

/// A place in the hall.
struct Seat: Hashable {
    let row: Int
    private(set) var taken = false
    static let none = Seat(row: 0)

    /// Takes it.
    mutating func take() { taken = true }
    static func == (left: Seat, right: Seat) -> Bool { left.row == right.row }
}

/**
 Sells tickets for one hall.
 */
@available(iOS 15, *)
@MainActor
public final class Theatre<T: Sellable>: Venue, Sellable {
    /// Told when it is full.
    weak var delegate: TheatreDelegate?
    @Published var queue: [Buyer] = []
    lazy var clock: Clock = { Clock() }()

    /// How many are left.
    var left: Int {
        get { seats.count - sold }
        set { resize(newValue) }
    }
    var stage: Stage<String> = .planned {
        didSet { delegate?.changed(to: stage) }
    }

    /// Opens a hall.
    public required init?(code: String) {
        super.init(code)
        let local = Seat(row: 1)
    }

    convenience init() { self.init(code: "main") }

    deinit { close() }

    subscript(index: Int) -> Seat { seats[index] }

    /// Sells a seat.
    ///
    /// - Parameter buyer: who pays
    /// - Returns: the ticket
    @discardableResult
    public func sell<B>(_ seat: Seat, to buyer: B, at price: Double = 0) async throws -> Ticket where B: Buyer {
        func check(_ limit: Int) -> Bool { limit < maxSeats }
        guard check(queue.count) else { throw SaleError.full(seat) }
        let ticket = Ticket<B>(seat: seat, owner: buyer as! Person)
        queue.map { $0.name }.forEach(print)
        return await printer.print(ticket)
    }

    func sell(_ seat: Seat) {}

    class Box: Desk {
        var number: Int { 1 }
    }
}

/// More for halls.
extension Theatre: CustomStringConvertible where T: Named {
    public var description: String { "hall" }
    /// Empties it.
    func clear() { queue.removeAll() }
}

public actor Ledger { var sum = 0 }

infix operator <~>: AdditionPrecedence
precedencegroup Sales { associativity: left }

/// Joins two halls.
public func <~> <T>(left: Theatre<T>, right: Theatre<T>) -> Int { left.left + right.left }

/// Prints all.
@inlinable func report(_ halls: Theatre<Show>...) { print(halls) }
macro stringify<T>(_ value: T) -> (T, String) = #externalMacro(module: "M", type: "S")

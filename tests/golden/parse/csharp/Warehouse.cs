// Copyright 2026 Example Depot
using System;
using System.Collections.Generic;
using static System.Math;
using Quantity = System.Decimal;

[assembly: CLSCompliant(true)]

namespace Example.Depot.Stock;

/// <summary>Told when a shelf runs low.</summary>
public delegate void LowStockHandler<in TItem>(object sender, TItem item) where TItem : class;

/// <summary>How a shelf is cooled.</summary>
[Flags]
public enum Cooling : byte
{
    /// <summary>Room temperature.</summary>
    None = 0,
    [Obsolete("use Frozen")] Chilled,
    Frozen = 1 << 2,
}

public interface IShelf<out T> : IEnumerable<T>
{
    int Capacity { get; }
    /// <summary>Takes one away.</summary>
    T Take(Quantity amount);
    T this[int index] { get; }
    event EventHandler Emptied;
}

/// <summary>Where something stands.</summary>
public readonly record struct Place(int Aisle, string Bay);

public record Parcel(string Label, Quantity Weight) : Tracked(Label)
{
    public bool IsHeavy => Weight > 20m;
}

public readonly struct Money
{
    private readonly Quantity _cents;

    public Money(Quantity cents) => _cents = cents;

    /// <summary>Adds two amounts.</summary>
    public static Money operator +(Money a, Money b) => new Money(a._cents + b._cents);
    public static implicit operator Quantity(Money money) => money._cents;
    public static bool operator true(Money m) => m._cents != 0;
    public static bool operator false(Money m) => m._cents == 0;
}

/// <summary>
/// Keeps parcels on shelves.
/// </summary>
/// <remarks>Not safe for threads.</remarks>
[Serializable, DebuggerDisplay("{Count}")]
public sealed partial class Warehouse<T> : StoreBase, IShelf<T>, IDisposable
    where T : Parcel, new()
{
    public const int MaxShelves = 64, MinShelves = 1;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, List<T>> _shelves = new();

    /// <summary>Raised when nothing is left.</summary>
    public event EventHandler Emptied;
    public event LowStockHandler<T> Low { add { _low += value; } remove { _low -= value; } }

    static Warehouse() { }

    /// <summary>Opens an empty warehouse.</summary>
    public Warehouse(IClock clock, Cooling cooling = Cooling.None)
        : base(clock)
    {
        Cooling = cooling;
    }

    ~Warehouse() { Dispose(false); }

    /// <summary>How it is cooled.</summary>
    [JsonIgnore]
    public Cooling Cooling { get; private set; } = Cooling.None;

    public int Count => _shelves.Count;

    public T this[int index]
    {
        get => Find(index)?.Open<T>();
        set { Put(index, value); }
    }

    /// <summary>Moves a parcel.</summary>
    /// <returns>Whether it went.</returns>
    [Pure]
    public async Task<bool> MoveAsync<TKey>(TKey key, Place to) where TKey : notnull
    {
        int tries = 0;
        bool Fits(Place place) => place.Aisle < MaxShelves;
        if (key is Label label && Fits(to)) await Task.Delay(Pause);
        var copy = (Parcel)Read(typeof(Crate));
        return _shelves.TryGetValue(nameof(copy), out List<T> found) && Abs(tries) > 0;
    }

    public bool MoveAsync(Place to) => true;

    void IDisposable.Dispose() => Dispose(true);

    private class Slot { internal T? Item; }

    [DllImport("depot")]
    private static extern int depot_count(IntPtr handle);
}

namespace Inner
{
    internal static class Texts
    {
        public static string Shout(this string text) => text.ToUpper();
    }
}

/// Keeps what was computed.
module store.cache;

import std.stdio;
import std.algorithm : map, filter;

/// How many entries are kept.
enum limit = 64;

immutable string name = "cache";
int hits;
alias Key = string;

/**
 * One entry.
 */
struct Entry(T)
{
    T value; /// what was computed
    private long made;

    /// Whether it is too old.
    bool stale(long now) const
    {
        return now - made > limit;
    }
}

enum State { empty, filled, broken }

union Bits { int whole; float real_; }

/// Where entries live.
interface Backing
{
    void clear();
}

class Cache : Backing
{
    private Entry!int[Key] entries;

    this(int size) { reserve(size); }
    ~this() { clear(); }

    /// Drops everything.
    override void clear()
    {
        int local = 0;
        entries.clear();
        writeln("cleared ", local);
    }

    @property size_t length() { return entries.length; }
}

template Twice(alias f)
{
    auto Twice(int x) { return f(f(x)); }
}

mixin template Counted()
{
    int count;
}

/// Adds two numbers.
int add(int a, int b) pure
in (a > 0)
{
    return a + b;
}

unittest
{
    assert(add(1, 2) == 3);
}

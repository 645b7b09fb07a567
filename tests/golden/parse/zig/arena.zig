//! Hands out memory.
const std = @import("std");
const mem = std.mem;
const list = @import("list.zig");
usingnamespace @import("c.zig");

/// How large a page is.
pub const page_size: usize = 4096;
var count: u32 = 0;
threadlocal var current: ?*Arena = null;
extern "c" var errno: c_int;

/// What can go wrong.
pub const Error = error{ OutOfMemory, Closed };

/// Called when full.
pub const Handler = *const fn (arena: *Arena) void;

/// How it grows.
pub const Growth = enum(u8) {
    /// Twice as large each time.
    double,
    fixed = 3,

    pub fn factor(self: Growth) usize {
        return switch (self) {
            .double => 2,
            .fixed => 1,
        };
    }
};

const Value = union(enum) { int: i64, float: f64, none };

const Raw = extern struct { ptr: [*]u8, len: usize };
const Handle = opaque { fn close(self: *Handle) void { c_close(self); } };

/// Gives memory, takes it all back at once.
pub const Arena = struct {
    /// Where memory comes from.
    child: std.mem.Allocator,
    pages: std.ArrayList(Page) = undefined,
    growth: Growth,

    const Self = @This();
    pub const default: Arena = .{ .growth = .double };

    const Page = struct { data: []u8, next: ?*Page = null };

    /// Makes an empty arena.
    pub fn init(child: mem.Allocator) Self {
        return Self{ .child = child, .growth = Growth.double };
    }

    /// Gives `n` bytes.
    pub fn alloc(self: *Self, comptime T: type, n: usize) Error![]T {
        const bytes = try self.child.alloc(T, n);
        var local: usize = 0;
        local += list.grow(n);
        errdefer self.deinit();
        const Inner = struct { fn twice(x: usize) usize { return x * 2; } };
        _ = Inner.twice(local);
        std.debug.print("{d}\n", .{n});
        return @ptrCast(bytes);
    }

    pub fn deinit(self: *Self) void {
        self.pages.deinit();
    }
};

/// A list of anything.
pub fn Stack(comptime T: type) type {
    return struct {
        items: []T,
        const This = @This();
        /// Puts one on top.
        pub fn push(self: *This, item: T) !void {
            try self.grow(item);
        }
    };
}

extern "c" fn c_close(handle: *Handle) void;
export fn arena_size(arena: *const Arena) callconv(.C) usize { return arena.pages.items.len; }
inline fn min(a: usize, b: usize) usize { return if (a < b) a else b; }

comptime { _ = page_size; }

test "arena gives memory" {
    var arena = Arena.init(std.testing.allocator);
    try std.testing.expect((try arena.alloc(u8, 3)).len == 3);
}

test Arena { _ = Arena; }

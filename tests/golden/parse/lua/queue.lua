#!/usr/bin/env lua
--- A queue with priorities.
-- @module queue

local heap = require("util.heap")
local log = require "util.log"
local insert, unpack = table.insert, table.unpack

--- How many entries fit.
local MAX_SIZE <const> = 100
local VERSION = "1.2"
DEFAULT_PRIORITY = 5

--- The queue itself.
-- Lower numbers come first.
local Queue = {}
Queue.__index = Queue
Queue.instances = 0

local Timed = setmetatable({}, { __index = Queue })

---@class Options
local defaults = {
  limit = MAX_SIZE,
  --- Called when something is dropped.
  on_drop = function(entry)
    log.warn("dropped", entry)
  end,
  nested = { depth = 2 },
}

--[[
  Makes an empty queue.
  Options may be nil.
]]
function Queue.new(options)
  local self = setmetatable({}, Queue)
  self.entries = heap.create()
  self.options = options or defaults
  Queue.instances = Queue.instances + 1
  return self
end

--- Adds an entry.
-- @param entry what to add
-- @return the queue, for chaining
function Queue:push(entry, priority)
  local function rank(value)
    return value or DEFAULT_PRIORITY
  end
  if #self.entries >= self.options.limit then
    self.options.on_drop(entry)
  end
  insert(self.entries, { entry = entry, rank = rank(priority) })
  return self
end

function Queue:pop() return table.remove(self.entries, 1) end

--- Looks without taking.
Queue.peek = function(self)
  return self.entries[1]
end

-- Not for others.
local function drain(queue, ...)
  while queue:pop() do
    coroutine.yield(select("#", ...))
  end
end

local visit = function(tree, visitor) visitor:enter(tree.left) end

function Queue.stats.reset()
  log.info "reset"
end

function Timed.wait(seconds, callback) end

--- Prints everything.
function dump(queue)
  for i, entry in ipairs(queue.entries) do
    print(("%d %s"):format(i, tostring(entry)))
  end
end

return {
  Queue = Queue,
  drain = drain,
  --- How many there are.
  count = function() return Queue.instances end,
}

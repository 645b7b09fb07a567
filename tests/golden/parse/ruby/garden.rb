#!/usr/bin/env ruby
# frozen_string_literal: true

require 'set'
require_relative "garden/bed"
autoload :Sprinkler, "garden/sprinkler"

# Everything that grows.
module Garden
  # How deep seeds go, in mm.
  DEPTH = 12
  SEASONS = %i[spring summer].freeze

  # Raised when a bed is full.
  class FullError < StandardError; end

  Plant = Struct.new(:name, :height) do
    # Whether it is a tree.
    def tree? = height > 300
  end

  # Something with a shape.
  module Shaped
    def self.included(base)
      base.extend(ClassMethods)
    end

    # Area in square metres.
    def area
      raise NotImplementedError, "#{self.class} has no area"
    end
  end

  # A rectangle of earth.
  #
  # It holds plants.
  class Bed < Garden::Base
    include Shaped
    extend Forwardable
    attr_reader :width, :length
    attr_accessor :owner
    def_delegators :@plants, :size, :each
    alias_method :count, :size
    alias old_to_s to_s

    @@total = 0
    LIMIT = 40

    class << self
      # Makes a square.
      def square(side)
        new(side, side)
      end

      attr_writer :registry
    end

    # Counts all beds.
    def self.total
      @@total
    end

    def initialize(width, length, owner: nil)
      super()
      @width = width
      @plants = Set.new
    end

    # Plants one.
    #
    # @param plant [Plant]
    def <<(plant)
      fail FullError if @plants.size >= LIMIT
      plants = @plants
      plants.add(plant) { |one| one.water! }
      self
    end

    def [](index) = @plants.to_a[index]
    def owner=(name)
      @owner = name&.strip
    end

    define_method(:empty?) { @plants.empty? }
    scope :tall, -> { where(height: 300) }

    private

    # Not for others.
    def weigh(unit = :kg)
      Scale.new(unit).weigh self
      log "weighed"
    end

    private_class_method def self.reset!
      @@total = 0
    end
  end

  class Bed::Corner
    def corner; end
  end
end

# Prints a garden.
def print_garden(garden, *rest, io: $stdout, &block)
  puts garden.inspect
  Garden::Bed.square(2).area
end

GREETING = "hello"
$verbose = false

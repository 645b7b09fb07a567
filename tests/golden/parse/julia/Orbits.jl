"""
Orbits of small bodies.
"""
module Orbits

using LinearAlgebra
using Statistics: mean, std
import Base: show, +
include("constants.jl")

export Body, advance!

# Metres per second.
const SPEED_OF_LIGHT = 299_792_458.0
steps = 0

"Anything with a mass."
abstract type Massive end

primitive type Word 24 end

"""
    Body(name, mass)

A body and where it is.
"""
mutable struct Body{T<:Real} <: Massive
    "In kilograms."
    mass::T
    position::Vector{T}
    name
    Body(m::T) where {T} = new{T}(m, zeros(T, 3), "?")
end

struct Pair2
    left::Int
    right::Int
end

@enum Phase waiting running done

"""
    advance!(body, dt)

Moves a body by `dt` seconds.
"""
function advance!(body::Body{T}, dt::Real; steps::Int = 1) where {T<:Real}
    velocity = norm(body.position)
    for _ in 1:steps
        body.position .+= velocity * dt
    end
    return body
end

energy(b::Body) = 0.5 * b.mass * speed(b)^2

function Base.show(io::IO, b::Body)
    print(io, "Body(", b.mass, ")")
end

Base.:+(a::Pair2, b::Pair2) = Pair2(a.left + b.left, a.right + b.right)

# Runs what it is given twice.
macro twice(expr)
    quote
        $(esc(expr))
        $(esc(expr))
    end
end

module Inner
    helper(x) = map(y -> y + 1, x)
end

@inline function fast(x::Float64)::Float64
    @assert x > 0
    sqrt(x)
end

end

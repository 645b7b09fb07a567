package org.example.shapes

/** A colour of paint. */
enum Colour(val rgb: Int) extends Paint:
  /** Like blood. */
  case Red extends Colour(0xff0000)
  case Green, Blue
  def dark: Boolean = rgb < 0x10

enum Tree[+A]:
  case Leaf
  case Node(value: A, left: Tree[A])

trait Shape:
  def area: Double
  extension (other: Shape)
    /** Compares two. */
    def larger(than: Shape): Boolean = other.area > than.area

given ordering: Ordering[Shape] with
  def compare(a: Shape, b: Shape): Int = a.area.compare(b.area)

opaque type Metres = Double

extension (text: String) def shout: String = text.toUpperCase

/** Draws it. */
def draw(shape: Shape)(using canvas: Canvas): Unit =
  val line = canvas.line
  canvas.paint(shape)

@main def run(args: String*): Unit = println(args.size)

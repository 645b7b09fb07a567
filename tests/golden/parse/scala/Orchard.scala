package org.example.orchard

import scala.collection.mutable
import org.example.soil.{Depth, Loam => Earth}
import org.example.tools._

/** How trees are told apart. */
object Ids {
  /** A tree's number. */
  type TreeId = Long
  type Rows[A] = Seq[Seq[A]]
  val Limit: Int = 400
  final val SPACING = 3.5
  private var last, first = 0L
  lazy val table: Map[TreeId, Tree] = load("trees")
}

/**
 * Something that grows.
 *
 * @tparam A what it bears
 */
sealed trait Growing[+A <: Fruit] extends Living with Serializable {
  def age: Int
  /** Lets a year pass. */
  def grow(years: Int = 1)(implicit clock: Clock): Growing[A]
  val species: String
  type Season
}

/** What hangs on a tree. */
sealed abstract class Fruit(val weight: Double, protected var ripe: Boolean, note: String)
case object Pear extends Fruit(0.2, false, "")
final case class Apple(kind: String, @transient origin: Place) extends Fruit(0.1, true, kind) {
  override def toString: String = s"apple $kind"
  def this(kind: String) = this(kind, Place.unknown)
}

/** Rows of trees. */
@deprecated("use Grove", "2.0")
class Orchard[A <: Fruit : Ordering](soil: Earth, val owner: Owner) extends Land(soil) with Growing[A] {
  private val trees = mutable.Map.empty[Ids.TreeId, Tree]
  var open: Boolean = _
  val (north, south) = split(soil)

  /** Plants one.
    * @param tree what to plant
    */
  @throws[FullException]
  def plant[B >: A](tree: Tree, notes: String*)(implicit ev: Ordering[B]): Either[Error, Orchard[A]] = {
    def fits(depth: Depth): Boolean = depth.value > Ids.Limit
    val row = nextRow()
    if (fits(soil.depth)) Left(new Error("full")) else {
      trees += tree.id -> tree
      tree match {
        case Tree(id, _: Pear.type) => log(id)
        case other: Apple => other.pick()
      }
      Right(this)
    }
  }

  def plant(tree: Tree): Unit = ()
  def +(other: Orchard[A]): Orchard[A] = merge(other)
  def owner_=(next: Owner): Unit = { open = false }

  class Row { val length: Int = 1 }
  object Row { def apply(): Row = new Row }
  implicit class RichTree(tree: Tree) { def shake(): Unit = tree.move() }
}

object Orchard {
  // Makes one by hand.
  def apply[A <: Fruit](soil: Earth): Orchard[A] = new Orchard[A](soil, Owner.default) { override val age = 3 }
  implicit val ordering: Ordering[Fruit] = Ordering.by(_.weight)
}

package object weather {
  def rain(): Double = 0.3
}

@file:JvmName("Libraries")
package org.example.library

import kotlin.math.max
import org.example.net.Client as NetClient
import org.example.util.*

/** How many books one reader may have. */
const val LIMIT = 12
var opened: Int = 0
    private set
private val log by lazy { Logger("library") }

/** A reader's number. */
typealias ReaderId = Long
typealias Handler<T> = suspend (T) -> Unit

/** Marks what is slow. */
@Target(AnnotationTarget.FUNCTION)
annotation class Slow(val reason: String = "")

/** How a loan ends. */
enum class Outcome(val code: Int) : Coded {
    /** In time. */
    RETURNED(0),
    LOST(2) {
        override fun fee() = 20
    };

    abstract fun fee(): Int
    companion object {
        fun of(code: Int): Outcome = values().first { it.code == code }
    }
}

sealed interface Item<out T : Any> : Comparable<Item<*>> {
    val title: String
    /** Opens it. */
    fun open(): T
}

data class Book(override val title: String, private var pages: Int, note: String) : Item<Page> {
    override fun open(): Page = Page(1)
    override fun compareTo(other: Item<*>) = title.compareTo(other.title)
}

fun interface Filter {
    fun accepts(item: Item<*>): Boolean
}

@JvmInline
value class Shelf(val number: Int)

/**
 * Lends books.
 *
 * @param T what it lends
 */
@Slow("disk")
open class Library<T>(
    private val client: NetClient,
    protected var name: String = "main",
) : Base(name), Closeable by client where T : Item<Any> {
    private val loans = mutableMapOf<ReaderId, MutableList<T>>()

    /** How many are out. */
    val count: Int
        get() = loans.values.sumOf { it.size }

    lateinit var clerk: Clerk

    init { require(name.isNotEmpty()) }

    /** Opens by address. */
    constructor(url: Url) : this(NetClient(url))

    /**
     * Lends one.
     */
    @Throws(LoanException::class)
    suspend fun <R : Reader> lend(item: T, to: R, vararg notes: String): Outcome {
        fun check(limit: Int) = max(limit, 1)
        val clock = Clock.System
        val (a, b) = pairOf(item)
        if (item is Book && check(LIMIT) > 0) client.send(item as Message)
        val listener = object : Listener<T> {
            override fun done(result: T) { close() }
        }
        return loans.getOrPut(to.id) { mutableListOf() }.let { Outcome.RETURNED }
    }

    fun lend(item: T) = Unit

    operator fun get(index: Int): T? = null
    inner class Desk {
        val bell: Bell = Bell()
    }

    companion object Factory : Maker<Library<*>> {
        const val DEFAULT = "central"
        @JvmStatic fun make(): Library<*> = Library(NetClient())
    }
}

/** Shouts. */
fun String.shout(): String = uppercase() + "!"
infix fun <T> List<T>.joined(other: List<T>): List<T> = this + other
val Library<*>.isEmpty: Boolean get() = count == 0

/** One for all. */
object Registry : Maker<Library<*>> {
    fun clear() {}
}

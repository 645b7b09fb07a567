package org.example.kitchen

import groovy.transform.CompileStatic
import org.example.food.*
import static java.lang.Math.max

/** How many pots there are. */
interface Heated {
    int MAX_DEGREES = 250
    /** Warms it. */
    void heat(int degrees)
}

/** How done it is. */
enum Doneness {
    /** Still cold. */
    RAW,
    DONE(3);

    final int level;
    Doneness(int level) { this.level = level }
    boolean ready() { return level > 2 }
}

@interface Recipe { String value() default "" }

/**
 * Cooks things.
 */
@CompileStatic
class Kitchen<T extends Dish> extends Room implements Heated {
    /** How hot it may get. */
    static final int LIMIT = 200
    private List<T> dishes = []
    def chef
    String name = 'main', nick

    Kitchen(String name) {
        super(name)
        this.name = name
    }

    /** Warms the oven. */
    @Override
    void heat(int degrees) {
        oven.setDegrees(max(degrees, LIMIT))
        dishes.each { dish -> dish.warm(degrees) }
    }

    // Cooks one.
    def cook(T dish, Closure done = null) {
        def timer = new Timer(30)
        println("cooking ${dish.name}")
        return (Meal) dish
    }

    static Kitchen open() { new Kitchen('x') }

    class Shelf { int height }
}

class KitchenSpec extends Specification {
    /** The oven stays below its limit. */
    def "warms the oven, but not too much"() {
        expect:
        new Kitchen('x').heat(degrees) == null
    }
}

/** A little task. */
def serve(String guest, int plates = 1) {
    log.info(guest)
}

String greet(String name) { "hello $name" }

VERSION = '1.0'
def kitchen = new Kitchen('home')
kitchen.cook(dish)
task copyAll { from "src" }

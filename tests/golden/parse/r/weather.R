#!/usr/bin/env Rscript
#' @import stats
NULL

library(methods)
require("ggplot2")
source("R/helpers.R")
requireNamespace("jsonlite", quietly = TRUE)

# How many days are kept.
MAX_DAYS <- 365L
units = c("C", "F")
"north" -> side

#' Reads a station's measurements.
#'
#' @param path where the file is
#' @param ... passed on
#' @export
read_station <- function(path, header = TRUE, ...) {
  clean <- function(x) trimws(x)
  raw <- utils::read.csv(path, header = header, ...)
  raw$name <- clean(raw$name)
  structure(raw, class = "station")
}

#' Prints a station.
print.station <- function(x, ...) {
  cat(format(x), "\n")
  invisible(x)
}

# Celsius to Fahrenheit.
to_f = function(c) c * 9 / 5 + 32
square <- \(x) x^2

`%+%` <- function(a, b) paste0(a, b)
"names<-.station" <- function(x, value) { x$n <- value; x }

#' One measurement.
setClass("Measurement",
  representation(value = "numeric", taken = "POSIXct"),
  contains = "Record"
)

#' How warm it is.
setGeneric("warmth", function(object, ...) standardGeneric("warmth"))

setMethod("warmth", "Measurement", function(object, ...) {
  mean(object@value)
})

setMethod("show", signature(object = "Measurement"), function(object) print(object@value))

#' A station that counts.
Station <- R6::R6Class("Station",
  inherit = Base,
  public = list(
    #' @field name what it is called
    name = NULL,
    #' @description Makes one.
    initialize = function(name) {
      self$name <- name
    },
    add = function(measurement) {
      private$count <- private$count + 1
      self$log("added")
    }
  ),
  private = list(count = 0)
)

Account <- setRefClass("Account", fields = list(balance = "numeric"),
  methods = list(
    deposit = function(x) { balance <<- balance + x }
  )
)

main <- function() {
  data <- read_station("a.csv") |> subset(value > 3)
  lapply(data, function(row) to_f(row))
  station <- Station$new("north")
  station$add(square(2))
}

if (!interactive()) main()

# Which items psych::alpha says should be reversed when the 25 items come as they were answered, and when one or two
# further items of each scale are turned around: its own words, parsed.
suppressPackageStartupMessages(library(psych))
source("../write_tables.R")
raw <- read.csv(file.path("..", "..", "..", "data", "sample", "bfi", "bfi.csv"))
named <- function(items) {
  said <- character()
  printed <- capture.output(withCallingHandlers(alpha(items), warning = function(w) {
    said <<- c(said, conditionMessage(w))
    invokeRestart("muffleWarning")
  }, message = function(m) said <<- c(said, conditionMessage(m))))
  text <- paste(c(said, printed), collapse = "\n")
  line <- regmatches(text, regexpr("Some items \\([^)]*\\)", text))
  if (length(line)) gsub("^Some items \\(|\\)$", "", line) else ""
}
rows <- NULL
for (trait in names(scales)) {
  own <- scales[[trait]]
  for (turned in list(character(), own[1], own[2:3])) {
    items <- raw[own]
    items[turned] <- 7 - items[turned]
    rows <- rbind(rows, data.frame(construct = trait, turned = paste(turned, collapse = " "),
                                   named = trimws(gsub("\\s+", " ", named(items)))))
  }
}
write_table(rows, "named.csv")
write_session("psych")

# Shared by the psych and measurement cases: sourced from a case's folder.
write_table <- function(frame, file) {
  frame <- as.data.frame(frame)
  numeric <- vapply(frame, is.double, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) formatC(x, digits = 12, format = "g", width = 1))
  write.csv(frame, file, row.names = FALSE, quote = TRUE)
}

write_matrix <- function(matrix, file) {
  frame <- data.frame(item = rownames(matrix), unclass(matrix), check.names = FALSE)
  write_table(frame, file)
}

write_session <- function(...) {
  versions <- lapply(c(...), function(name) as.character(packageVersion(name)))
  names(versions) <- c(...)
  writeLines(jsonlite::toJSON(c(list(r = as.character(getRversion())), versions), auto_unbox = TRUE, pretty = TRUE),
             "session.json")
}

# The 25 items, keyed so that high always means high.
read_bfi <- function() {
  items <- read.csv(file.path("..", "..", "..", "data", "sample", "bfi", "bfi.csv"))
  reversed <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
  items[reversed] <- 7 - items[reversed]
  items
}

scales <- list(A = paste0("A", 1:5), C = paste0("C", 1:5), E = paste0("E", 1:5), N = paste0("N", 1:5), O = paste0("O", 1:5))

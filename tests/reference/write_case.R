# Shared by the lavaan cases: sourced from a case's folder, writes the outputs next to the script.
suppressPackageStartupMessages(library(lavaan))

# Cases with optim.method = "GN" or a small rel.tol do so because the default stopping rule of lavaan leaves
# estimates uncertain in the fifth digit.
read_model <- function() paste(readLines("model.txt"), collapse = "\n")

read_data <- function(file) read.csv(file.path("..", "data", file), stringsAsFactors = FALSE)

write_numbers <- function(frame, file) {
  numeric <- vapply(frame, is.double, TRUE)
  frame[numeric] <- lapply(frame[numeric], function(x) formatC(x, digits = 12, format = "g", width = 1))
  write.csv(frame, file, row.names = FALSE, quote = TRUE)
}

# Parameters and fit measures of a lavaan fit, and the versions that made them.
write_case <- function(fit) {
  stopifnot(lavInspect(fit, "converged"))
  table <- parameterEstimates(fit, standardized = TRUE, remove.nonfree = FALSE)
  levels <- "level" %in% names(table)
  if (levels) table$level <- ifelse(table$block > 0, (table$block - 1) %% 2 + 1, 0)
  parts <- if (!levels) "group" else if ("group" %in% names(table)) c("group", "level") else "level"
  wanted <- c("lhs", "op", "rhs", parts, "label", "est", "se", "z", "pvalue", "ci.lower", "ci.upper", "std.lv", "std.all")
  for (column in setdiff(wanted, names(table))) table[[column]] <- if (column == "label") "" else if (column == "group") 1L else NA_real_
  table <- as.data.frame(table)[wanted]
  names(table) <- gsub(".", "_", wanted, fixed = TRUE)
  write_numbers(table, "parameters.csv")
  measures <- unclass(fitMeasures(fit))
  write_numbers(data.frame(name = gsub(".", "_", names(measures), fixed = TRUE), value = as.numeric(measures)),
                "fit_measures.csv")
  writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                              auto_unbox = TRUE, pretty = TRUE), "session.json")
}

# Shared by the cases of structural-after-measurement: lavaan 0.7-2 or later (set R_LIBS to its library).
source("../write_case.R")
stopifnot(packageVersion("lavaan") >= "0.7.2")

# Parameters, structural fit, latent moments and the versions that made them.
write_sam <- function(fit) {
  table <- as.data.frame(parameterEstimates(fit, standardized = TRUE, remove.nonfree = FALSE))
  wanted <- c("lhs", "op", "rhs", "group", "label", "est", "se", "std.lv", "std.all")
  for (column in setdiff(wanted, names(table))) table[[column]] <- if (column == "label") "" else if (column == "group") 1L else NA_real_
  table <- table[wanted]
  names(table) <- gsub(".", "_", wanted, fixed = TRUE)
  write_numbers(table, "parameters.csv")
  structure <- lavaan:::lav_sam_struc_object(fit)
  measures <- unclass(fitMeasures(structure))
  write_numbers(data.frame(name = gsub(".", "_", names(measures), fixed = TRUE), value = as.numeric(measures)), "fit_measures.csv")
  write_numbers(data.frame(fit@internal$sam.mm.table), "blocks.csv")
  writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan")),
    se = lavInspect(fit, "options")$se, reliability = fit@internal$sam.mm.rel), auto_unbox = TRUE, pretty = TRUE, digits = 12), "session.json")
}

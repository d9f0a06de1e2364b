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

# lavaan 0.7-2 multiplies the slopes of the latent moments, in the order of its parameter table, by the
# covariance of the measurement estimates in the order of the blocks (lav_sam_gamma_add): errors of products
# come out wrong unless the orders agree. This is the same function on aligned parts.
align_products <- function() {
  original <- get("lav_sam_gamma_add", envir = asNamespace("lavaan"))
  aligned <- function(step1 = NULL, fit = NULL, group = 1L, ...) {
    wanted <- step1$PT.free[which(step1$PT$free %in% step1$step1.free.idx)]
    order <- match(wanted, step1$step1.free.idx)
    stopifnot(!anyNA(order))
    step1$Sigma.11 <- step1$Sigma.11[order, order]
    original(step1 = step1, fit = fit, group = group, ...)
  }
  assignInNamespace("lav_sam_gamma_add", aligned, ns = "lavaan")
}

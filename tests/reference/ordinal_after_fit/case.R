# What comes after a fit of ordered variables: scores, residuals, standardised solution, difference tests.
suppressPackageStartupMessages(library(lavaan))
data <- read.csv("../data/ordinal.csv")
items <- paste0("u", 1:12)
model <- paste(readLines("model.txt"), collapse = "\n")
number <- function(x) formatC(x, digits = 10, format = "g", width = 1)
write_numbers <- function(frame, file) {
  numeric <- vapply(frame, is.double, TRUE)
  frame[numeric] <- lapply(frame[numeric], number)
  write.csv(frame, file, row.names = FALSE)
}
fit <- cfa(model, data, ordered = items)
write_numbers(as.data.frame(lavPredict(fit)), "scores.csv")
pairs <- which(lower.tri(diag(12)), arr.ind = TRUE)
normalized <- unclass(resid(fit, type = "normalized")$cov)
standardized <- unclass(resid(fit, type = "standardized")$cov)
write_numbers(data.frame(lhs = items[pairs[, 2]], rhs = items[pairs[, 1]], normalized = normalized[pairs],
                         standardized = standardized[pairs]), "residuals.csv")
standard <- as.data.frame(standardizedSolution(fit))[c("lhs", "op", "rhs", "est.std", "se")]
names(standard)[4] <- "est"
write_numbers(standard, "standardized.csv")
indices <- as.data.frame(modindices(fit))
write_numbers(indices[indices$op != "|" & indices$mi > 0.5, c("lhs", "op", "rhs", "mi", "epc", "sepc.lv", "sepc.all")],
              "modification.csv")
free <- cfa(model, data, ordered = items, group = "group")
metric <- cfa(model, data, ordered = items, group = "group", group.equal = "loadings")
scalar <- cfa(model, data, ordered = items, group = "group", group.equal = c("loadings", "thresholds"))
tests <- lapply(list(metric = metric, scalar = scalar), function(restricted) {
  line <- as.data.frame(lavTestLRT(free, restricted))[2, ]
  data.frame(statistic = line[["Chisq diff"]], df = as.integer(line[["Df diff"]]), pvalue = line[["Pr(>Chisq)"]])
})
write_numbers(cbind(model = names(tests), do.call(rbind, tests)), "differences.csv")
writeLines(jsonlite::toJSON(list(r = as.character(getRversion()), lavaan = as.character(packageVersion("lavaan"))),
                            auto_unbox = TRUE, pretty = TRUE), "session.json")

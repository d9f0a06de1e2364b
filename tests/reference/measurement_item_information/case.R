# Item information of the neuroticism items under the normal-ogive graded response model: lavaan's DWLS estimates, and
# the information as the negative expected second derivative of the log probability, by finite differences.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
items <- na.omit(read_bfi()[scales$N])
fit <- cfa(paste("f =~", paste(scales$N, collapse = " + ")), data = items, ordered = TRUE, std.lv = TRUE, estimator = "DWLS")
table <- parameterEstimates(fit)
probabilities <- function(theta, loading, cuts) {
  upper <- pnorm((c(cuts, Inf) - loading * theta) / sqrt(1 - loading^2))
  diff(c(0, upper))
}
h <- 1e-3
rows <- NULL
for (item in scales$N) {
  loading <- table$est[table$op == "=~" & table$rhs == item]
  cuts <- table$est[table$op == "|" & table$lhs == item]
  for (theta in c(-2, -1, 0, 1, 2)) {
    p <- probabilities(theta, loading, cuts)
    second <- (log(probabilities(theta + h, loading, cuts)) - 2 * log(p) + log(probabilities(theta - h, loading, cuts))) / h^2
    rows <- rbind(rows, data.frame(item = item, loading = loading, level = theta, information = -sum(p * second)))
  }
}
write_table(rows, "information.csv")
write_session("lavaan")

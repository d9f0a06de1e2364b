# Three correlated scales of six-point items as ordered categories, each pair of items on those who answered both.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
chosen <- scales[c("A", "E", "N")]
items <- read_bfi()[unlist(chosen)]
model <- paste(names(chosen), "=~", vapply(chosen, paste, "", collapse = " + "), collapse = "\n")
fit <- cfa(model, data = items, ordered = unlist(chosen), estimator = "WLSMV", missing = "pairwise")
m <- fitMeasures(fit)
both <- crossprod(!is.na(items))
write_table(data.frame(n = lavInspect(fit, "ntotal"), chisq = m[["chisq.scaled"]], df = m[["df"]],
                       fewest = min(both[lower.tri(both)]), most = max(both[lower.tri(both)])), "fit.csv")
std <- standardizedSolution(fit)
std <- std[std$op == "=~", c("rhs", "est.std", "se")]
names(std) <- c("item", "std", "se")
write_table(std, "loadings.csv")
write_session("lavaan")

# Planned contrasts of paths over groups, loadings equal (all but one in "partial"), by lavaan 0.7-2.
suppressMessages({library(lavaan); library(jsonlite)})
d <- read.csv("../data/three_groups_sim.csv")
d <- d[order(d$maturity), ]
d$fives <- (seq_len(nrow(d)) - 1) %/% 5
st <- "fit =~ fit1 + fit2 + fit3 + fit4\nplay =~ play1 + play2 + play3 + play4\nprop =~ prop1 + prop2 + prop3 + prop4
prop ~ c(a1, a2, a3)*fit + c(p1, p2, p3)*play
fit_last := a3 - a1/2 - a2/2
play_last := p3 - p1/2 - p2/2
fit_ends := a3 - a1
play_ends := p3 - p1"
out <- list(versions = list(R = paste(R.version$major, R.version$minor, sep = "."), lavaan = as.character(packageVersion("lavaan"))))
one <- function(...) {
  p <- parameterEstimates(sem(st, d, group = "maturity", group.equal = "loadings", std.lv = TRUE, ...))
  q <- p[p$op == ":=", ]
  setNames(lapply(q$lhs, function(k) as.list(q[q$lhs == k, c("est", "se", "z", "pvalue", "ci.lower", "ci.upper")])), q$lhs)
}
out$ML <- one()
out$MLR <- one(estimator = "MLR")
out$partial <- one(group.partial = "fit=~fit3")
out$cluster <- one(cluster = "fives")
write(toJSON(out, digits = NA, auto_unbox = TRUE), "values.json")

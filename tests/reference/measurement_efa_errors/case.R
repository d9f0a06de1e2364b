# Standard errors of rotated standardised loadings and factor correlations: three ML factors of nine ability tests.
suppressPackageStartupMessages(library(lavaan))
source("../write_tables.R")
abilities <- read.csv("../data/holzinger_swineford.csv")[paste0("x", 1:9)]
model <- 'efa("b")*f1 + efa("b")*f2 + efa("b")*f3 =~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9'
for (rotation in c("oblimin", "geomin")) {
  fit <- cfa(model, abilities, rotation = rotation,
             rotation.args = list(row.weights = "none", algorithm = "gpa", rstarts = 0L, std.ov = TRUE, geomin.epsilon = .01))
  found <- standardizedSolution(fit)
  loadings <- found[found$op == "=~", ]
  write_table(data.frame(item = loadings$rhs, factor = loadings$lhs, std = loadings$est.std, se = loadings$se),
              paste0(rotation, ".csv"))
}
write_session("lavaan")

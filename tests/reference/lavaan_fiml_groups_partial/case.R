# Gaps, two groups, equal but for one loading and one intercept.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- cfa(
  read_model(),
  data = data,
  missing = "fiml", group = "group", group.equal = c("loadings","intercepts","residuals"),
  group.partial = c("f1=~y2","y3~1")
)
write_case(fit)

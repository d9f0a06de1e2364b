# Robust two stages in groups, equal loadings and intercepts.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain_missing.csv"), missing = "robust.two.stage", group = "group", group.equal = c("loadings", "intercepts"))
write_case(fit)

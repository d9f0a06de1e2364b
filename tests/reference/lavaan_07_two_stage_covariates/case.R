# Robust two stages with random covariates.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain_missing.csv"), missing = "robust.two.stage", fixed.x = FALSE)
write_case(fit)

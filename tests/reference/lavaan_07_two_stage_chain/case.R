# Two stages, normal answers assumed in the first.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain_missing.csv"), missing = "two.stage")
write_case(fit)

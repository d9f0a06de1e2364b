# Two stages of a growth curve.
source("../write_case.R")
fit <- growth(read_model(), data = read_data("growth_missing.csv"), missing = "two.stage")
write_case(fit)

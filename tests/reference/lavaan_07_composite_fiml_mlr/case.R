# A composite of complete items that explains a factor whose items have gaps, robust.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("growth_missing.csv"), missing = "ml", estimator = "MLR")
write_case(fit)

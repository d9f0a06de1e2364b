# Instrumental variables, four indicators and an observed outcome.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain.csv"), estimator = "IV")
write_case(fit)

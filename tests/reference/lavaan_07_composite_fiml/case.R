# A composite of complete items that explains a factor whose items have gaps.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("sectors_missing.csv"), missing = "ml")
write_case(fit)

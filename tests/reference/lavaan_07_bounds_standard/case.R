# Bounds that no estimate meets.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("holzinger_swineford.csv"), bounds = "standard")
write_case(fit)

# Instrumental variables, three factors.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("holzinger_swineford.csv"), estimator = "IV")
write_case(fit)

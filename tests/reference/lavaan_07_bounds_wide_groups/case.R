# Wide bounds in two groups, MLR.
source("../write_case.R")
fit <- cfa(read_model(), data = read_data("holzinger_swineford.csv"), bounds = "wide", group = "school", estimator = "MLR")
write_case(fit)

# Another model in each school: blocks.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", estimator = "MLR")
write_case(fit)

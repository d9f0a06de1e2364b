# A composite that explains a factor, robust.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- sem(read_model(), data = data, estimator = "MLR")
write_case(fit)

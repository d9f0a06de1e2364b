# An exploratory block rotated by varimax, robust.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- sem(read_model(), data = data, rotation = "varimax", estimator = "MLR")
write_case(fit)

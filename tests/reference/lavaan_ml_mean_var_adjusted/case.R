# A mean- and variance-adjusted test beside plain ML.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, test = "mean.var.adjusted")
write_case(fit)

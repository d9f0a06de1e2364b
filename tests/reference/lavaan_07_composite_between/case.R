# A composite between a factor and an outcome, with a covariate.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data)
write_case(fit)

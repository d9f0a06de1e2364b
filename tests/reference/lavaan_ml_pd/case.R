# Structural model with residual covariances.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data)
write_case(fit)

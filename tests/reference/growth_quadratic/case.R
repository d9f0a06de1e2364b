# Quadratic growth.
source("../write_case.R")
data <- read_data("growth.csv")
fit <- growth(read_model(), data = data)
write_case(fit)

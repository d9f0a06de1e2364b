# Uncorrelated factors.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, orthogonal = TRUE)
write_case(fit)

# A factor of factors.
source("../write_case.R")
data <- read_data("hierarchy.csv")
fit <- cfa(read_model(), data = data)
write_case(fit)

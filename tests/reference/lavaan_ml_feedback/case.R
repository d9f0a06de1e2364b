# Two factors that cause each other.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data)
write_case(fit)

# A variable made up of its causes.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data)
write_case(fit)

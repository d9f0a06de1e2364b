# The Yuan-Bentler test beside plain ML.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, test = "yuan.bentler")
write_case(fit)

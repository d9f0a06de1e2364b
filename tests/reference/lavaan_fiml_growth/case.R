# FIML growth, answers missing at random.
source("../write_case.R")
data <- read_data("growth_missing.csv")
fit <- growth(read_model(), data = data, missing = "fiml")
write_case(fit)

# Dual change score model.
source("../write_case.R")
data <- read_data("growth.csv")
fit <- lavaan(read_model(), data = data)
write_case(fit)

# FIML, five factors, 2,800 people.
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(read_model(), data = data, missing = "fiml")
write_case(fit)

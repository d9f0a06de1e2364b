# Dual change scores of two variables, each with a coupling to the other (McArdle 2001), people who leave included.
source("../write_case.R")
data <- read_data("change.csv")
fit <- lavaan(read_model(), data = data, missing = "fiml")
write_case(fit)

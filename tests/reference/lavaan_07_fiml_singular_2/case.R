# Incomplete answers of 9 people to nine items: their unrestricted covariance matrix is singular.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("few_people_2.csv"), missing = "fiml")
write_case(fit)
